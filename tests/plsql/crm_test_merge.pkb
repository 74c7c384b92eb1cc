create or replace package body crm_test_merge
is
   co_early constant timestamp := timestamp '2026-01-01 10:00:00';
   co_late  constant timestamp := timestamp '2026-01-01 10:00:01';

   procedure set_policy(
      in_field  in varchar2,
      in_policy in varchar2
   )
   is
   begin
      update crm_field_policies p
         set p.policy = in_policy
       where p.field_name = in_field;
   end set_policy;

   function merge_of(
      in_field    in varchar2,
      in_base     in varchar2,
      in_erp      in varchar2,
      in_crm      in varchar2,
      in_erp_time in timestamp default null,
      in_crm_time in timestamp default null
   ) return crm_merge.merge_type
   is
      t_base crm_types.fields_type;
      t_erp  crm_types.fields_type;
      t_crm  crm_types.fields_type;
   begin
      t_base(in_field) := in_base;
      t_erp(in_field)  := in_erp;
      t_crm(in_field)  := in_crm;
      return crm_merge.merge_fields(
         in_base     => t_base,
         in_erp      => t_erp,
         in_crm      => t_crm,
         in_erp_time => in_erp_time,
         in_crm_time => in_crm_time
      );
   end merge_of;

   procedure crm_change_of_crm_field
   is
      r_merge crm_merge.merge_type := merge_of('phone', 'a', 'a', 'c');
   begin
      ut.expect(r_merge.merged('phone')).to_equal('c');
      ut.expect(r_merge.is_accepted).to_be_true();
      ut.expect(r_merge.is_echo).to_be_false();
      ut.expect(r_merge.decisions.count).to_equal(0);
   end crm_change_of_crm_field;

   procedure crm_change_of_erp_field
   is
      r_merge crm_merge.merge_type := merge_of('name', 'a', 'a', 'c');
   begin
      ut.expect(r_merge.merged('name')).to_equal('a');
      ut.expect(r_merge.is_accepted).to_be_false();
      ut.expect(r_merge.is_echo).to_be_false();
      ut.expect(r_merge.decisions.count).to_equal(1);
      ut.expect(r_merge.decisions(1).taken).to_equal('ERP');
      ut.expect(r_merge.decisions(1).crm_value).to_equal('c');
   end crm_change_of_erp_field;

   procedure erp_change_alone
   is
      co_policies constant crm_record_keys_ct := crm_record_keys_ct('ERP', 'CRM', 'LATEST', 'MANUAL');
      r_merge     crm_merge.merge_type;
   begin
      <<policies>>
      for i in 1 .. co_policies.count loop
         set_policy('phone', co_policies(i));
         r_merge := merge_of('phone', 'a', 'e', 'a', co_early, co_late);
         ut.expect(r_merge.merged('phone')).to_equal('e');
         ut.expect(r_merge.is_accepted).to_be_false();
         ut.expect(r_merge.is_echo).to_be_true();
         ut.expect(r_merge.decisions.count).to_equal(0);
      end loop policies;
   end erp_change_alone;

   procedure crm_change_alone
   is
      co_policies constant crm_record_keys_ct := crm_record_keys_ct('CRM', 'LATEST', 'MANUAL');
      r_merge     crm_merge.merge_type;
   begin
      <<policies>>
      for i in 1 .. co_policies.count loop
         set_policy('phone', co_policies(i));
         r_merge := merge_of('phone', 'a', 'a', 'c', co_late, co_early);
         ut.expect(r_merge.merged('phone')).to_equal('c');
         ut.expect(r_merge.decisions.count).to_equal(0);
      end loop policies;
   end crm_change_alone;

   procedure both_changed
   is
   begin
      ut.expect(merge_of('phone', 'a', 'e', 'c').merged('phone')).to_equal('c');
      ut.expect(merge_of('phone', 'a', 'e', 'c').decisions(1).taken).to_equal('CRM');
      ut.expect(merge_of('phone', 'a', 'e', 'c').decisions(1).erp_value).to_equal('e');
      ut.expect(merge_of('name', 'a', 'e', 'c').merged('name')).to_equal('e');
      ut.expect(merge_of('name', 'a', 'e', 'c').decisions(1).taken).to_equal('ERP');
   end both_changed;

   procedure both_to_the_same
   is
      r_merge crm_merge.merge_type := merge_of('phone', 'a', 'n', 'n');
   begin
      ut.expect(r_merge.merged('phone')).to_equal('n');
      ut.expect(r_merge.is_accepted).to_be_false();
      ut.expect(r_merge.decisions.count).to_equal(0);
   end both_to_the_same;

   procedure latest
   is
   begin
      set_policy('phone', 'LATEST');
      ut.expect(merge_of('phone', 'a', 'e', 'c', co_early, co_late).merged('phone')).to_equal('c');
      ut.expect(merge_of('phone', 'a', 'e', 'c', co_late, co_early).merged('phone')).to_equal('e');
      ut.expect(merge_of('phone', 'a', 'e', 'c', co_late, co_early).decisions(1).taken).to_equal('ERP');
   end latest;

   procedure latest_unknown
   is
   begin
      set_policy('phone', 'LATEST');
      ut.expect(merge_of('phone', 'a', 'e', 'c', co_late, co_late).merged('phone')).to_equal('e');
      ut.expect(merge_of('phone', 'a', 'e', 'c', null, co_late).merged('phone')).to_equal('e');
      ut.expect(merge_of('phone', 'a', 'e', 'c', co_late, null).merged('phone')).to_equal('e');
   end latest_unknown;

   procedure manual
   is
      r_merge crm_merge.merge_type;
   begin
      set_policy('phone', 'MANUAL');
      r_merge := merge_of('phone', 'a', 'e', 'c', co_early, co_late);
      ut.expect(r_merge.merged('phone')).to_equal('e');
      ut.expect(r_merge.is_accepted).to_be_false();
      ut.expect(r_merge.decisions.count).to_equal(1);
      ut.expect(r_merge.decisions(1).taken).to_be_null();
      ut.expect(r_merge.decisions(1).base_value).to_equal('a');
   end manual;

   procedure different_fields
   is
      t_base  crm_types.fields_type;
      t_erp   crm_types.fields_type;
      t_crm   crm_types.fields_type;
      r_merge crm_merge.merge_type;
   begin
      t_base('phone')    := 'a';
      t_base('industry') := 'a';
      t_erp              := t_base;
      t_erp('industry')  := 'e';
      t_crm              := t_base;
      t_crm('phone')     := 'c';
      r_merge := crm_merge.merge_fields(
         in_base => t_base,
         in_erp  => t_erp,
         in_crm  => t_crm
      );
      ut.expect(r_merge.merged('phone')).to_equal('c');
      ut.expect(r_merge.merged('industry')).to_equal('e');
      ut.expect(r_merge.decisions.count).to_equal(0);
   end different_fields;

   procedure idempotent
   is
      t_crm    crm_types.fields_type;
      r_first  crm_merge.merge_type;
      r_second crm_merge.merge_type;
   begin
      t_crm('phone') := 'c';
      r_first  := merge_of('phone', 'a', 'e', 'c');
      r_second := crm_merge.merge_fields(
         in_base => t_crm,
         in_erp  => r_first.merged,
         in_crm  => t_crm
      );
      ut.expect(r_second.merged('phone')).to_equal(r_first.merged('phone'));
      ut.expect(r_second.is_accepted).to_be_false();
      ut.expect(r_second.is_echo).to_be_true();
      ut.expect(r_second.decisions.count).to_equal(0);
   end idempotent;

   procedure emptied
   is
   begin
      ut.expect(merge_of('phone', 'a', 'a', null).merged('phone')).to_be_null();
      ut.expect(merge_of('phone', 'a', 'a', null).is_accepted).to_be_true();
      ut.expect(merge_of('phone', 'a', null, 'a').merged('phone')).to_be_null();
      ut.expect(merge_of('phone', null, null, 'c').merged('phone')).to_equal('c');
   end emptied;

   procedure absent_field
   is
      t_base  crm_types.fields_type;
      t_erp   crm_types.fields_type;
      t_crm   crm_types.fields_type;
      r_merge crm_merge.merge_type;
   begin
      t_base('phone') := 'a';
      t_erp('phone')  := 'e';
      r_merge := crm_merge.merge_fields(
         in_base => t_base,
         in_erp  => t_erp,
         in_crm  => t_crm
      );
      ut.expect(r_merge.merged('phone')).to_equal('e');
      ut.expect(r_merge.is_echo).to_be_true();
   end absent_field;

   procedure no_base
   is
      t_none  crm_types.fields_type;
      t_erp   crm_types.fields_type;
      t_crm   crm_types.fields_type;
      r_merge crm_merge.merge_type;
   begin
      t_erp('phone') := 'e';
      t_erp('name')  := 'e';
      t_crm('phone') := 'c';
      t_crm('name')  := 'c';
      r_merge := crm_merge.merge_fields(
         in_base => t_none,
         in_erp  => t_erp,
         in_crm  => t_crm
      );
      ut.expect(r_merge.merged('phone')).to_equal('c');
      ut.expect(r_merge.merged('name')).to_equal('e');
      ut.expect(r_merge.decisions.count).to_equal(2);
   end no_base;

   procedure no_base_and_empty
   is
      t_none  crm_types.fields_type;
      t_erp   crm_types.fields_type;
      t_crm   crm_types.fields_type;
      r_merge crm_merge.merge_type;
   begin
      t_erp('phone')     := 'e';
      t_crm('phone')     := null;
      t_erp('sales_rep') := null;
      t_crm('sales_rep') := '7';
      r_merge := crm_merge.merge_fields(
         in_base => t_none,
         in_erp  => t_erp,
         in_crm  => t_crm
      );
      ut.expect(r_merge.merged('phone')).to_equal('e');
      ut.expect(r_merge.merged('sales_rep')).to_equal('7');
      ut.expect(r_merge.decisions.count).to_equal(0);
   end no_base_and_empty;

   procedure folded_field
   is
      r_merge crm_merge.merge_type := merge_of('industry', 'Têxtil', 'Cerâmica', 'CERAMICA');
   begin
      ut.expect(r_merge.merged('industry')).to_equal('Cerâmica');
      ut.expect(r_merge.decisions.count).to_equal(0);
   end folded_field;

   procedure policy_of_erp_field
   is
   begin
      set_policy('name', 'CRM');
   end policy_of_erp_field;
end crm_test_merge;
/
