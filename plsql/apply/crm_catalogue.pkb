create or replace package body crm_catalogue
is
   co_scope      constant varchar2(130 char) := 'crm_catalogue.';
   co_max_length constant pls_integer := 60;   -- of ERP.INDUSTRIES.DESCRIPTION

   procedure assert_array(in_industries in clob)
   is
      l_industries json_element_t;
   begin
      l_industries := json_element_t.parse(in_industries);
      if not l_industries.is_array then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'industries: an array of names is expected'
         );
      end if;
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'industries'
         );
   end assert_array;

   procedure add_unknown(
      in_industries in  clob,
      out_added     out pls_integer
   )
   is
   begin
      insert into erp.industries (id, description)
      select erp.industries_id_seq.nextval,
             n.description
        from (
                select min(c.description) as description
                  from (
                          select trim(replace(compose(j.name), to_char(unistr('\00A0')), ' ')) as description
                            from json_table(
                                    in_industries, '$[*]'
                                    columns (
                                       name varchar2(4000 char) path '$'
                                    )
                                 ) j
                       ) c
                 where length(c.description) <= co_max_length
                   and not exists (
                              select null
                                from erp.industries i
                               where nlssort(i.description, 'NLS_SORT=BINARY_AI')
                                     = nlssort(c.description, 'NLS_SORT=BINARY_AI')
                           )
                 group by nlssort(c.description, 'NLS_SORT=BINARY_AI')
             ) n;
      out_added := sql%rowcount;
   end add_unknown;

   procedure store_industries(
      in_industries in  clob,
      out_added     out pls_integer,
      out_known     out pls_integer,
      out_refused   out pls_integer
   )
   is
      l_names pls_integer;
   begin
      assert_array(in_industries => in_industries);
      begin
         add_unknown(
            in_industries => in_industries,
            out_added     => out_added
         );
      exception
         when dup_val_on_index then
            -- another session has just added one of them: by now it is known
            add_unknown(
               in_industries => in_industries,
               out_added     => out_added
            );
      end;
      select count(*),
             count(
                case
                   when length(trim(replace(compose(j.name), to_char(unistr('\00A0')), ' '))) <= co_max_length then null
                   else 1
                end
             )
        into l_names, out_refused
        from json_table(
                in_industries, '$[*]'
                columns (
                   name varchar2(4000 char) path '$'
                )
             ) j;
      out_known := l_names - out_refused - out_added;
      crm_log.info(
         in_scope   => co_scope || 'store_industries',
         in_message => 'industries of the CRM stored',
         in_context => crm_log.pair(in_name => 'added', in_value => to_char(out_added)) || ','
                       || crm_log.pair(in_name => 'refused', in_value => to_char(out_refused))
      );
   end store_industries;
end crm_catalogue;
/
