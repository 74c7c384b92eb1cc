create or replace package pkg_crm_client
   authid definer
is
   /**
   Values of one branch, for reports and questions. Whole sets are read from crm_record_values_v, never through these.
   Each counts the deliveries from a day on for 365 days, whole days, the first included.

   Owns:    nothing
   Commits: never
   */

   /** Value of the approved deliveries of quotations; null when there are none. @param in_from  null = today */
   function get_budget_value(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return number;

   /** Value of the deliveries of orders; null when there are none. @param in_from  null = today */
   function get_order_value(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return number;

   /** 'S' if there is an approved delivery of a quotation, else 'N'. */
   function has_budget(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return varchar2;

   /** 'S' if there is a delivery of an order, else 'N'. */
   function has_order(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return varchar2;
end pkg_crm_client;
/
